//go:build !(linux || openbsd || dragonfly || solaris || darwin || freebsd || netbsd)

package signing

import "io/fs"

// identify knows of nothing here that tells a changed file from an unchanged one.
func identify(fs.FileInfo) (fileID, bool) { return fileID{}, false }

func ownFile(fs.FileInfo) bool { return false }
