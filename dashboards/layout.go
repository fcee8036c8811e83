package dashboards

// section is a titled row of panels.
type section struct {
	title  string
	panels []*panel
}

// lay numbers the panels and gives each its place: from left to right, and on
// a new line where the grid's width is used up.
func lay(sections ...section) []*panel {
	var out []*panel
	y := 0
	for _, s := range sections {
		if s.title != "" {
			out = append(out, heading(s.title, y))
			y++
		}
		x, tallest := 0, 0
		for _, p := range s.panels {
			if x+p.GridPos.W > gridWidth {
				x, y, tallest = 0, y+tallest, 0
			}
			p.GridPos.X, p.GridPos.Y = x, y
			x, tallest = x+p.GridPos.W, max(tallest, p.GridPos.H)
			out = append(out, p)
		}
		y += tallest
	}
	for i, p := range out {
		p.ID = i + 1
	}
	return out
}

func heading(title string, y int) *panel {
	collapsed, inside := false, []*panel{}
	return &panel{
		Type: "row", Title: title, Collapsed: &collapsed, Panels: &inside,
		GridPos: gridPos{H: 1, W: gridWidth, Y: y},
	}
}
