//go:build !unix

package whole

// alive is not known here; another run's unfinished file is left alone.
func alive(int) bool { return true }
