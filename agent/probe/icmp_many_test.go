//go:build !race

package probe

// manyTargets are due at one instant in the tests of pace.
const manyTargets = 1000
