//go:build unix

package assign

import "syscall"

// alive says whether a process with this number runs.
func alive(pid int) bool { return syscall.Kill(pid, 0) != syscall.ESRCH }
