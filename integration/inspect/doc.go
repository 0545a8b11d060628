// Package inspect tests the page of package server/inspect in headless Chromium, against a running
// server that real clients use.
//
//	go test ./integration/inspect
//	go test ./integration/inspect -run Screenshots -update-screenshots
//
// It finds parts of the page by their data-testid, and waits for what they show. Every tab fails its test if
// the page asks anybody else than its server, breaks its Content-Security-Policy, or logs an error.
//
// Chromium is that of the machine. Where there is none the tests are skipped and say so; with
// TATTLE_REQUIRE_REFERENCES=1, which CI sets, they fail instead.
package inspect
