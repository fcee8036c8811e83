package report

import (
	"image"
	"image/color"
)

// paletted returns an opaque picture of few colours with a palette of at most
// 256, 16 steps a channel, which makes its PNG a third of the size; a picture
// of more colours is returned as it is.
func paletted(src image.Image) image.Image {
	img, ok := src.(*image.RGBA)
	if !ok {
		return src
	}
	out := image.NewPaletted(img.Bounds(), nil)
	var index [1 << 12]int16 // of a colour in the palette, from 1
	for i := range out.Pix { // both begin at 0 and have no gaps between rows
		p := img.Pix[4*i : 4*i+4]
		key := int(step(p[0]))<<8 | int(step(p[1]))<<4 | int(step(p[2]))
		if index[key] == 0 {
			if len(out.Palette) == 256 {
				return img
			}
			out.Palette = append(out.Palette, color.RGBA{step(p[0]) * 17, step(p[1]) * 17, step(p[2]) * 17, 0xff})
			index[key] = int16(len(out.Palette))
		}
		out.Pix[i] = uint8(index[key] - 1)
	}
	return out
}

// step rounds a channel of 8 bits to 4.
func step(c uint8) uint8 { return uint8((int(c) + 8) / 17) }
