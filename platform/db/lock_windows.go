package db

import (
	"errors"
	"os"
	"syscall"
)

// sharingViolation is Windows' answer when another process has the file open.
const sharingViolation = syscall.Errno(32)

// lockFile takes the exclusive lock beside the database: the file is opened
// without sharing. The system drops it when the process ends.
func lockFile(path string) (*os.File, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, sharingViolation) {
		return nil, ErrLocked
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(h), path), nil
}

// unlockFile lets go of the lock.
func unlockFile(f *os.File) error { return f.Close() }
