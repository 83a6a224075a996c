package warehouse

import (
	"os"
	"syscall"
)

// widen makes room in a pipe, so that its ends need not wait for each other
// every 64 KiB. Where the system does not grant it the pipe works as it is.
func widen(pipe *os.File) {
	const (
		setPipeSize = 1031 // F_SETPIPE_SZ
		size        = 1 << 20
	)
	raw, err := pipe.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_, _, _ = syscall.Syscall(syscall.SYS_FCNTL, fd, setPipeSize, size)
	})
}
