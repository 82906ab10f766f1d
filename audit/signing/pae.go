package signing

import (
	"bytes"
	"strconv"
)

// pae is what a DSSE signature is made over (DSSE v1 protocol, "PAE").
func pae(typ string, payload []byte) []byte {
	var b bytes.Buffer
	b.Grow(len(typ) + len(payload) + 48)
	b.WriteString("DSSEv1 " + strconv.Itoa(len(typ)) + " " + typ + " " + strconv.Itoa(len(payload)) + " ")
	b.Write(payload)
	return b.Bytes()
}

// paeV02 is what model_signing v0.2.0 signed by mistake: a capital V, and Python's repr of the payload in place of the
// payload. The length is still that of the payload. Signatures of that release are in production use.
func paeV02(typ string, payload []byte) []byte {
	var b bytes.Buffer
	b.Grow(len(typ) + len(payload) + len(payload)/8 + 48)
	b.WriteString("DSSEV1 " + strconv.Itoa(len(typ)) + " " + typ + " " + strconv.Itoa(len(payload)) + " ")
	writeRepr(&b, payload)
	return b.Bytes()
}

// writeRepr writes data as CPython's bytes.__repr__ does (Objects/bytesobject.c, PyBytes_Repr).
func writeRepr(b *bytes.Buffer, data []byte) {
	const digits = "0123456789abcdef"
	quote := byte('\'')
	if bytes.IndexByte(data, '\'') >= 0 && bytes.IndexByte(data, '"') < 0 {
		quote = '"'
	}
	b.WriteByte('b')
	b.WriteByte(quote)
	for _, c := range data {
		switch {
		case c == quote || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c < ' ' || c >= 0x7f:
			b.Write([]byte{'\\', 'x', digits[c>>4], digits[c&15]})
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte(quote)
}
