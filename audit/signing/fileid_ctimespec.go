//go:build darwin || freebsd || netbsd

package signing

import (
	"io/fs"
	"os"
	"syscall"
)

// identify reads what the file system says of a file, false where it does not say enough.
func identify(info fs.FileInfo) (fileID, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fileID{}, false
	}
	return fileID{
		Device: uint64(st.Dev), Inode: uint64(st.Ino), Size: st.Size,
		Written: st.Mtimespec.Nano(), Changed: st.Ctimespec.Nano(),
	}, true
}

// ownFile tells whether a file belongs to whom this process runs as, or to the owner of the system.
func ownFile(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && (int(st.Uid) == os.Geteuid() || st.Uid == 0)
}
