package dashboards

// Options of the panel types, as Grafana names them.
type (
	reduceOptions struct {
		Calcs  []string `json:"calcs"`
		Fields string   `json:"fields"`
		Values bool     `json:"values"`
	}
	statOptions struct {
		ReduceOptions reduceOptions `json:"reduceOptions"`
		Orientation   string        `json:"orientation"`
		GraphMode     string        `json:"graphMode"`
		ColorMode     string        `json:"colorMode"`
		JustifyMode   string        `json:"justifyMode"`
		TextMode      string        `json:"textMode"`
		WideLayout    bool          `json:"wideLayout"`
	}
	barOptions struct {
		ReduceOptions reduceOptions `json:"reduceOptions"`
		Orientation   string        `json:"orientation"`
		DisplayMode   string        `json:"displayMode"`
		ValueMode     string        `json:"valueMode"`
		NamePlacement string        `json:"namePlacement"`
		ShowUnfilled  bool          `json:"showUnfilled"`
		Legend        legendOptions `json:"legend"`
	}
	legendOptions struct {
		DisplayMode string   `json:"displayMode"`
		Placement   string   `json:"placement"`
		ShowLegend  bool     `json:"showLegend"`
		Calcs       []string `json:"calcs"`
	}
	tooltipOptions struct {
		Mode string `json:"mode"`
		Sort string `json:"sort"`
	}
	graphOptions struct {
		Legend  legendOptions  `json:"legend"`
		Tooltip tooltipOptions `json:"tooltip"`
	}
	timelineOptions struct {
		Legend      legendOptions  `json:"legend"`
		Tooltip     tooltipOptions `json:"tooltip"`
		ShowValue   string         `json:"showValue"`
		MergeValues bool           `json:"mergeValues"`
		RowHeight   float64        `json:"rowHeight"`
		PerPage     int            `json:"perPage"`
	}
	tableOptions struct {
		ShowHeader bool        `json:"showHeader"`
		CellHeight string      `json:"cellHeight"`
		SortBy     []sortField `json:"sortBy"`
		Footer     tableFooter `json:"footer"`
	}
	sortField struct {
		DisplayName string `json:"displayName"`
		Desc        bool   `json:"desc"`
	}
	tableFooter struct {
		Show             bool     `json:"show"`
		Reducer          []string `json:"reducer"`
		EnablePagination bool     `json:"enablePagination"`
	}
)

// Custom field options of the panel types.
type (
	graphField struct {
		DrawStyle         string        `json:"drawStyle"`
		LineInterpolation string        `json:"lineInterpolation"`
		LineWidth         int           `json:"lineWidth"`
		FillOpacity       int           `json:"fillOpacity"`
		ShowPoints        string        `json:"showPoints"`
		SpanNulls         bool          `json:"spanNulls"`
		Stacking          *modeOption   `json:"stacking,omitempty"`
		ThresholdsStyle   *modeOption   `json:"thresholdsStyle,omitempty"`
		ScaleDistribution *scaleOptions `json:"scaleDistribution,omitempty"`
	}
	modeOption struct {
		Mode string `json:"mode"`
	}
	scaleOptions struct {
		Type            string  `json:"type"`
		Log             float64 `json:"log"`
		LinearThreshold float64 `json:"linearThreshold"`
	}
	lineStyle struct {
		Fill string `json:"fill"`
		Dash []int  `json:"dash"`
	}
	timelineField struct {
		LineWidth   int `json:"lineWidth"`
		FillOpacity int `json:"fillOpacity"`
	}
	tableField struct {
		Align       string      `json:"align"`
		CellOptions cellOptions `json:"cellOptions"`
		Inspect     bool        `json:"inspect"`
	}
	cellOptions struct {
		Type string `json:"type"`
		Mode string `json:"mode,omitempty"`
	}
)

func newPanel(kind, title, description string, width, height int) *panel {
	d := datasource()
	return &panel{
		Type: kind, Title: title, Description: description,
		GridPos: gridPos{H: height, W: width}, Datasource: &d,
		FieldConfig: &fieldConfig{
			Defaults:  fieldDefaults{Color: colour{Mode: "thresholds"}, Mappings: []mapping{}, Thresholds: steps(colourText)},
			Overrides: []override{},
		},
	}
}

func lastValue() reduceOptions { return reduceOptions{Calcs: []string{"lastNotNull"}} }

// statPanel shows the last value of each query's series in large figures.
func statPanel(title, description string, width int, queries ...query) *panel {
	p := newPanel("stat", title, description, width, 4)
	p.Targets = now(queries)
	p.Options = statOptions{
		ReduceOptions: lastValue(), Orientation: "auto", GraphMode: "none", ColorMode: "value",
		JustifyMode: "auto", TextMode: "auto", WideLayout: true,
	}
	return p.unit(unitCount).none("no data")
}

// stateStat is a statPanel that shows a word on its colour.
func stateStat(title, description string, width int, m []mapping, queries ...query) *panel {
	p := statPanel(title, description, width, queries...)
	o := p.Options.(statOptions)
	o.ColorMode = "background_solid"
	p.Options = o
	return p.unit("").mapped(m)
}

// barPanel shows the last value of each series as a bar.
func barPanel(title, description string, width, height int, queries ...query) *panel {
	p := newPanel("bargauge", title, description, width, height)
	p.Targets = now(queries)
	p.Options = barOptions{
		ReduceOptions: lastValue(), Orientation: "horizontal", DisplayMode: "basic",
		ValueMode: "text", NamePlacement: "left", ShowUnfilled: true,
		Legend: legendOptions{"list", "bottom", false, []string{}},
	}
	return p
}

// timelinePanel shows a word for each series and time. Its field has no unit.
func timelinePanel(title, description string, width, height int, m []mapping, queries ...query) *panel {
	p := newPanel("state-timeline", title, description, width, height)
	p.Targets = overTime(queries)
	p.Interval = stateInterval
	p.Options = timelineOptions{
		Legend:  legendOptions{"list", "bottom", true, []string{}},
		Tooltip: tooltipOptions{"single", "none"}, ShowValue: "auto", MergeValues: true, RowHeight: 0.8, PerPage: 20,
	}
	p.FieldConfig.Defaults.Custom = timelineField{LineWidth: 0, FillOpacity: 85}
	return p.mapped(m)
}

// graphPanel draws series over time.
func graphPanel(title, description string, width, height int, queries ...query) *panel {
	p := newPanel("timeseries", title, description, width, height)
	p.Targets = overTime(queries)
	p.Options = graphOptions{legendOptions{"list", "bottom", true, []string{}}, tooltipOptions{"multi", "desc"}}
	p.FieldConfig.Defaults.Color.Mode = "palette-classic-by-name"
	p.FieldConfig.Defaults.Custom = graphField{DrawStyle: "line", LineInterpolation: "linear", LineWidth: 1, FillOpacity: 0, ShowPoints: "auto"}
	return p
}

// column is a column of a table: a label of the rows, or the value of a query.
type column struct {
	title string
	label string // of the rows; "" for a value
	expr  string // of a value
	look  []property
}

// tablePanel shows one row for each set of labels that its queries share.
func tablePanel(title, description string, width, height int, sortBy sortField, columns ...column) *panel {
	p := newPanel("table", title, description, width, height)
	var queries []query
	for _, c := range columns {
		if c.label == "" {
			queries = append(queries, query{expr: c.expr})
		}
	}
	p.Targets = rows(queries)
	p.Transformations = []transformation{{"merge", struct{}{}}, {"organize", organize(columns, len(queries))}}
	p.Options = tableOptions{
		ShowHeader: true, CellHeight: "sm", SortBy: []sortField{sortBy},
		Footer: tableFooter{Reducer: []string{}, EnablePagination: height > 6},
	}
	p.FieldConfig.Defaults.Custom = tableField{Align: "auto", CellOptions: cellOptions{Type: "auto"}}
	for _, c := range columns {
		if len(c.look) > 0 {
			p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, override{matcher{"byName", c.title}, c.look})
		}
	}
	return p
}

// organize names and orders the columns. Grafana calls the value of the only
// query Value, and of several Value #A, Value #B and so on.
func organize(columns []column, queries int) organizeOptions {
	o := organizeOptions{map[string]bool{"Time": true}, map[string]int{}, map[string]string{}}
	value := 0
	for i, c := range columns {
		name := c.label
		if name == "" {
			name = "Value"
			if queries > 1 {
				name += " #" + refID(value)
			}
			value++
		}
		o.IndexByName[name], o.RenameByName[name] = i, c.title
	}
	return o
}

func (p *panel) unit(u string) *panel {
	p.FieldConfig.Defaults.Unit = u
	return p
}

func (p *panel) decimals(n int) *panel {
	p.FieldConfig.Defaults.Decimals = &n
	return p
}

// none is what stands there where there is no value.
func (p *panel) none(text string) *panel {
	p.FieldConfig.Defaults.NoValue = text
	return p
}

func (p *panel) mapped(m []mapping) *panel {
	p.FieldConfig.Defaults.Mappings = m
	p.FieldConfig.Defaults.Thresholds = steps(colourUnknown)
	return p
}

func (p *panel) stepped(t *thresholds) *panel {
	p.FieldConfig.Defaults.Thresholds = t
	return p
}

func (p *panel) within(low, high float64) *panel {
	p.FieldConfig.Defaults.Min, p.FieldConfig.Defaults.Max = &low, &high
	return p
}

func (p *panel) atLeast(low float64) *panel {
	p.FieldConfig.Defaults.Min = &low
	return p
}

func (p *panel) linked(l ...dataLink) *panel {
	p.FieldConfig.Defaults.Links = append(p.FieldConfig.Defaults.Links, l...)
	return p
}

// styled overrides how the series of a name looks.
func (p *panel) styled(name string, look ...property) *panel {
	p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, override{matcher{"byName", name}, look})
	return p
}

// graph changes how all series of a graphPanel are drawn.
func (p *panel) graph(change func(*graphField)) *panel {
	f := p.FieldConfig.Defaults.Custom.(graphField)
	change(&f)
	p.FieldConfig.Defaults.Custom = f
	return p
}

// stacked draws the series of a graphPanel on top of each other.
func stacked(f *graphField) {
	f.Stacking, f.FillOpacity = &modeOption{"normal"}, 60
}

// stepwise draws figures that hold until the next one.
func stepwise(f *graphField) { f.LineInterpolation, f.ShowPoints = "stepAfter", "never" }

// burning draws burn rates: a scale that shows 1 and 1,000, and a line for each
// condition.
func burning(f *graphField) {
	f.ScaleDistribution = &scaleOptions{"symlog", 10, 1}
	f.ThresholdsStyle = &modeOption{"dashed"}
}

// fixed is the property that gives a series or a column its colour.
func fixed(c string) property { return property{"color", colour{"fixed", c}} }
