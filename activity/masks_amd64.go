package activity

// blockMasks writes, for each of the 64-byte chunks at data, three words to
// out: a bit for each byte that ends a field (the delimiter or a line feed),
// that is a line feed, and that is a quotation mark.
//
//go:noescape
func blockMasks(data *byte, chunks int, delim byte, out *uint64)
