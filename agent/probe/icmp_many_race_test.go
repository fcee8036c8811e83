//go:build race

package probe

// manyTargets are due at one instant in the tests of pace. With the race
// detector on, Go 1.26's runtime crashes now and then where a thousand timers
// wait in one bubble of testing/synctest.
const manyTargets = 200
