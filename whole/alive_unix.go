//go:build unix

package whole

import "syscall"

// alive says whether a process with this number runs.
func alive(pid int) bool { return syscall.Kill(pid, 0) != syscall.ESRCH }
