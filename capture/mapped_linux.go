package capture

import (
	"os"
	"syscall"
)

// mapFile returns the octets of a file where the system holds them, so that nobody needs to copy them; nil if that is not possible.
func mapFile(f *os.File, size int64) []byte {
	if size <= 0 || int64(int(size)) != size {
		return nil
	}
	b, err := syscall.Mmap(int(f.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil // some file systems cannot
	}
	_ = syscall.Madvise(b, syscall.MADV_SEQUENTIAL)
	return b
}

// unmapFile ends every use of what mapFile has returned.
func unmapFile(b []byte) { _ = syscall.Munmap(b) }

// forget tells that octets of a mapped file will not be looked at again: they count no longer as memory of this process.
func forget(b []byte) { _ = syscall.Madvise(b, syscall.MADV_DONTNEED) }
