package collect

import (
	"io"
	"sync"
)

// Reading is how far the reading of weight files is.
type Reading struct {
	Done, Files int   // files
	Bytes       int64 // looked at, over all files; most of a file need not be
}

// progress counts what is read and tells it. The zero value tells nobody.
type progress struct {
	tell func(Reading)
	mu   sync.Mutex
	at   Reading
}

// file is called when a file is done.
func (p *progress) file() { p.add(1, 0) }

func (p *progress) add(files int, bytes int64) {
	if p.tell == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at.Done += files
	p.at.Bytes += bytes
	p.tell(p.at)
}

// reader counts what is read of a file.
func (p *progress) reader(r io.ReaderAt) io.ReaderAt {
	if p.tell == nil {
		return r
	}
	return counted{r, p}
}

type counted struct {
	r io.ReaderAt
	p *progress
}

func (c counted) ReadAt(b []byte, off int64) (int, error) {
	n, err := c.r.ReadAt(b, off)
	c.p.add(0, int64(n))
	return n, err
}
