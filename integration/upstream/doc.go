// Package upstream runs the tests that come with Redis 8.0.2 on tattle.
//
//	tree, err := upstream.Build(upstream.Tattle)
//	defer tree.Remove()
//	result, err := tree.Run(ctx, "unit/tracking", upstream.Options{Limit: upstream.Limit})
//
// The suite is written in Tcl and starts its servers itself, as src/redis-server in the
// folder in which it runs. So the package makes such a folder. It has the suite's tests from
// Debian's source package of the same version (package reference downloads that), tattle
// where the suite looks for the server, and the real redis-cli and redis-benchmark beside
// it. With the real server in tattle's place, it shows how many tests there are to pass.
//
// Features that tattle does not aim at are left out in two ways: by the suite's own tags
// (replication, the append-only file, cluster), and by name in upstream.skip, with the reason.
// upstream.tsv says how many tests of each unit pass; see [Table].
package upstream
