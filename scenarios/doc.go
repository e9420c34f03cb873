// Package scenarios is the scenario language and its catalogue. A [Scenario] is a value: which
// deployment, what traffic, which phases, what breaks, and what was promised. It is written as
// YAML ([Load], [Parse], [Scenario.YAML], [Schema]) and made into a [Plan] by a seed before
// anything is done ([Scenario.Plan]).
//
// Everything that is wrong with a file is reported at once as [Problems], each with its line and
// column, the line itself, a caret and, where there is one, the nearest right word.
package scenarios
