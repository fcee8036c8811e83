package sqlwire

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// mysqlPacket is a payload that is taken apart. What is not there is zero, and short says so.
type mysqlPacket struct {
	b     []byte
	short bool
}

func (c *mysqlPacket) take(n int) []byte {
	if n < 0 || n > len(c.b) {
		c.b, c.short = nil, true
		return nil
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b
}

func (c *mysqlPacket) byte() byte {
	if b := c.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *mysqlPacket) uint16() uint16 {
	if b := c.take(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

// text is a text that ends with a NUL, or with the packet.
func (c *mysqlPacket) text() string {
	before, after, found := bytes.Cut(c.b, []byte{0})
	if c.b = after; !found {
		c.b = nil
	}
	return strings.ToValidUTF8(string(before), "\uFFFD")
}

// number is an integer whose first byte is its value, or says how long it is.
func (c *mysqlPacket) number() uint64 {
	first := c.byte()
	size := map[byte]int{0xfc: 2, 0xfd: 3, 0xfe: 8}[first]
	if size == 0 {
		c.short = c.short || first > 0xfa // a null or an error, no number
		return uint64(first)
	}
	var n uint64
	for i, b := range c.take(size) {
		n |= uint64(b) << (8 * i)
	}
	return n
}

// bytes is what stands behind its length; nil is a null.
func (c *mysqlPacket) bytes() []byte {
	if len(c.b) > 0 && c.b[0] == 0xfb {
		c.b = c.b[1:]
		return nil
	}
	n := c.number()
	if n > uint64(len(c.b)) {
		c.b, c.short = nil, true
		return nil
	}
	return c.take(int(n))
}
