//go:build !unix

package assign

// alive is not known here; another run's unfinished file is left alone.
func alive(int) bool { return true }
