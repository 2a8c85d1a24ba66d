// Package journey walks whole journeys through every door of a running shop.
//
// Its tests are the promises a merchant would ask about first: what is bought
// is what is placed and paid, whatever happens at the same moment. They run
// against app.App with nothing replaced, the sandbox bank behind HTTP included,
// on both databases.
//
// Never true: a journey that looks at the database first and at what a person
// would see second.
package journey
