package dashboards

// capacityOf are the panels of a service's resources.
func capacityOf(about string) []*panel {
	const each = "{{resource}} {{series}}"
	byResource := func(expr string) string { return "max by (resource, series) (" + expr + ")" }
	return []*panel{
		graphPanel("Resources: used of the limit", "Level of each resource as a share of its limit. At 100 % nothing is left.", 12, 8,
			query{byResource("assay_resource_used" + about + " / assay_resource_limit" + about), each}).
			unit(unitRatio).decimals(1).atLeast(0),
		graphPanel("Resources: time until the limit", "Forecast: the date that is expected, and the one before which the limit is not reached in nine of ten cases. Resources that do not run out are not here.", 12, 8,
			query{byResource("assay_resource_expected_seconds" + about), each + ": expected"},
			query{byResource("assay_resource_early_seconds" + about), each + ": early"}).
			unit(unitSeconds).decimals(0).atLeast(0),
	}
}
