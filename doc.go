// Package korzo is the root of the house and holds no code: read
// ARCHITECTURE.md for the floors, and start at cmd/korzo to follow the program.
//
// Its tests are the walls. They read every file of the tree and fail when an
// import goes up, when a table is named by a package that does not own it, or
// when another rule of the house is broken. A wall is policy: it changes with a
// record in docs/decisions, not to mend a build.
package korzo
