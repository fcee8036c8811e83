package web

import (
	"net/http"
	"slices"

	"github.com/assay-sla/assay/slo"
)

// serviceCatalogueView is the page of the service catalogue.
type serviceCatalogueView struct {
	Rows []catalogueRow
}

// catalogueRow is a service as the catalogue describes it.
type catalogueRow struct {
	Name  string `json:"service"`
	Owner string `json:"owner"`

	Level      string   `json:"criticality"`
	DependsOn  []string `json:"depends_on"`
	NeededBy   []string `json:"needed_by"`
	Agreements []string `json:"agreements"`
}

// catalogueRows lists the services with who depends on whom, directly.
func (s *site) catalogueRows(at slo.Instant) []catalogueRow {
	all := s.Figures.Services(at)
	neededBy := map[string][]string{}
	for _, st := range all {
		for _, on := range st.Service.DependsOn {
			neededBy[on] = append(neededBy[on], st.Service.Name)
		}
	}
	out := []catalogueRow{}
	for i := range all {
		x := all[i].Service
		row := catalogueRow{
			Name: x.Name, Owner: x.Owner, Level: x.Criticality.String(),
			DependsOn: append([]string{}, x.DependsOn...), NeededBy: append([]string{}, neededBy[x.Name]...), Agreements: append([]string{}, agreementsOf(&all[i])...),
		}
		slices.Sort(row.NeededBy)
		out = append(out, row)
	}
	return out
}

func (s *site) serviceCataloguePage(v *visit) error {
	return s.render(v, http.StatusOK, "service-catalogue", v.views.t("catalogue.title"), serviceCatalogueView{s.catalogueRows(v.at)}, true)
}

func (s *site) serviceCatalogueAPI(v *visit) error {
	if _, err := query(v.r); err != nil {
		return err
	}
	writeJSON(v.w, http.StatusOK, map[string]any{"at": v.at, "services": s.catalogueRows(v.at)})
	return nil
}
