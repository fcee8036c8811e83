package dashboards

// The types below are the part of Grafana's dashboard schema (its "classic"
// JSON model) that these dashboards use. Names and meanings are Grafana's:
// https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/

const (
	// schemaVersion is that of Grafana 10.4; newer ones migrate it when they
	// load it.
	schemaVersion   = 39
	sharedCrosshair = 1
	gridWidth       = 24
)

// tag marks the dashboards, and by it they link to each other.
const tag = "assay"

type dashboard struct {
	UID           string      `json:"uid"`
	Title         string      `json:"title"`
	Description   string      `json:"description"`
	Tags          []string    `json:"tags"`
	Timezone      string      `json:"timezone"`
	Editable      bool        `json:"editable"`
	GraphTooltip  int         `json:"graphTooltip"`
	Time          timeRange   `json:"time"`
	Refresh       string      `json:"refresh"`
	SchemaVersion int         `json:"schemaVersion"`
	Links         []link      `json:"links"`
	Annotations   annotations `json:"annotations"`
	Templating    templating  `json:"templating"`
	Panels        []*panel    `json:"panels"`
}

type timeRange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// source refers to a data source.
type source struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

// link leads from the head of a dashboard to others, or to a page.
type link struct {
	Title       string   `json:"title"`
	Type        string   `json:"type"` // link or dashboards
	Icon        string   `json:"icon"`
	Tooltip     string   `json:"tooltip"`
	URL         string   `json:"url"`
	Tags        []string `json:"tags"`
	AsDropdown  bool     `json:"asDropdown"`
	TargetBlank bool     `json:"targetBlank"`
	IncludeVars bool     `json:"includeVars"`
	KeepTime    bool     `json:"keepTime"`
}

type annotations struct {
	List []annotation `json:"list"`
}

// annotation marks spans on the graphs. Grafana reads the query from Target,
// versions before 11 from Expr and Step.
type annotation struct {
	Name        string           `json:"name"`
	Datasource  source           `json:"datasource"`
	Enable      bool             `json:"enable"`
	Hide        bool             `json:"hide"`
	IconColor   string           `json:"iconColor"`
	Expr        string           `json:"expr"`
	Step        string           `json:"step"`
	TitleFormat string           `json:"titleFormat"`
	TextFormat  string           `json:"textFormat"`
	TagKeys     string           `json:"tagKeys"`
	Target      annotationTarget `json:"target"`
}

// annotationTarget is a query with the fields that the schema wants of
// Grafana's own annotations as well.
type annotationTarget struct {
	target
	Limit    int      `json:"limit"`
	MatchAny bool     `json:"matchAny"`
	Tags     []string `json:"tags"`
	Type     string   `json:"type"`
}

type templating struct {
	List []variable `json:"list"`
}

type variable struct {
	Name        string   `json:"name"`
	Label       string   `json:"label"`
	Description string   `json:"description"`
	Type        string   `json:"type"` // datasource, query or textbox
	Datasource  *source  `json:"datasource,omitempty"`
	Definition  string   `json:"definition,omitempty"`
	Query       any      `json:"query"` // a string, or a variableQuery where Type is query
	Regex       string   `json:"regex"`
	Refresh     int      `json:"refresh,omitempty"`
	Sort        int      `json:"sort,omitempty"`
	Multi       bool     `json:"multi"`
	IncludeAll  bool     `json:"includeAll"`
	Current     *option  `json:"current,omitempty"`
	Options     []option `json:"options"`
	Hide        int      `json:"hide"`
}

type variableQuery struct {
	Type  int    `json:"qryType"`
	Query string `json:"query"`
	RefID string `json:"refId"`
}

type option struct {
	Selected bool `json:"selected"`
	Text     any  `json:"text"` // a string, or several where several may be chosen
	Value    any  `json:"value"`
}

type panel struct {
	ID              int              `json:"id"`
	Type            string           `json:"type"`
	Title           string           `json:"title"`
	Description     string           `json:"description,omitempty"`
	GridPos         gridPos          `json:"gridPos"`
	Collapsed       *bool            `json:"collapsed,omitempty"` // of rows
	Panels          *[]*panel        `json:"panels,omitempty"`    // of rows
	Datasource      *source          `json:"datasource,omitempty"`
	Interval        string           `json:"interval,omitempty"`
	Targets         []target         `json:"targets,omitempty"`
	Transformations []transformation `json:"transformations,omitempty"`
	Options         any              `json:"options,omitempty"`
	FieldConfig     *fieldConfig     `json:"fieldConfig,omitempty"`
}

type gridPos struct {
	H int `json:"h"`
	W int `json:"w"`
	X int `json:"x"`
	Y int `json:"y"`
}

// target is one query of a panel.
type target struct {
	RefID        string `json:"refId"`
	Datasource   source `json:"datasource"`
	EditorMode   string `json:"editorMode"`
	Expr         string `json:"expr"`
	LegendFormat string `json:"legendFormat,omitempty"`
	Format       string `json:"format"` // time_series or table
	Instant      bool   `json:"instant"`
	Range        bool   `json:"range"`
	Interval     string `json:"interval,omitempty"`
}

type transformation struct {
	ID      string `json:"id"`
	Options any    `json:"options"`
}

type organizeOptions struct {
	ExcludeByName map[string]bool   `json:"excludeByName"`
	IndexByName   map[string]int    `json:"indexByName"`
	RenameByName  map[string]string `json:"renameByName"`
}

type fieldConfig struct {
	Defaults  fieldDefaults `json:"defaults"`
	Overrides []override    `json:"overrides"`
}

type fieldDefaults struct {
	Unit       string      `json:"unit,omitempty"`
	Decimals   *int        `json:"decimals,omitempty"`
	Min        *float64    `json:"min,omitempty"`
	Max        *float64    `json:"max,omitempty"`
	NoValue    string      `json:"noValue,omitempty"`
	Color      colour      `json:"color"`
	Mappings   []mapping   `json:"mappings"`
	Thresholds *thresholds `json:"thresholds,omitempty"`
	Links      []dataLink  `json:"links,omitempty"`
	Custom     any         `json:"custom,omitempty"`
}

type colour struct {
	Mode  string `json:"mode"`
	Fixed string `json:"fixedColor,omitempty"`
}

// mapping shows values as words.
type mapping struct {
	Type    string          `json:"type"` // value
	Options map[string]word `json:"options"`
}

type word struct {
	Text  string `json:"text"`
	Color string `json:"color"`
	Index int    `json:"index"`
}

type thresholds struct {
	Mode  string `json:"mode"`
	Steps []step `json:"steps"`
}

// step is the colour from a value on; the first one's value is null, which is
// minus infinity.
type step struct {
	Value *float64 `json:"value"`
	Color string   `json:"color"`
}

// dataLink leads from a value to a page.
type dataLink struct {
	Title       string `json:"title"`
	URL         string `json:"url"`
	TargetBlank bool   `json:"targetBlank"`
}

type override struct {
	Matcher    matcher    `json:"matcher"`
	Properties []property `json:"properties"`
}

type matcher struct {
	ID      string `json:"id"`
	Options string `json:"options"`
}

type property struct {
	ID    string `json:"id"`
	Value any    `json:"value"`
}
