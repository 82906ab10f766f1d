package card

type selfNames struct{}

func (s *selfNames) add(string)                     {}
func titleName(s string) string                     { return s }
func (c *Card) metadataClaims()                     {}
func (r *bodyReader) fieldClaims(*Field, *flat)     {}
func (r *bodyReader) proseClaims(sentence)          {}
func (r *bodyReader) tableClaims(*tableReader, int) {}
