// Package upstream runs Redis's own tests, those that come with Redis 8.0.2, on
// tattle.
//
//	tree, err := upstream.Build(upstream.Tattle)
//	defer tree.Remove()
//	result, err := tree.Run(ctx, "unit/tracking", upstream.Options{Limit: upstream.Limit})
//
// The suite is written in Tcl and starts its servers itself, as src/redis-server in
// the folder that it runs in. So the package makes such a folder: the suite's tests
// out of Debian's source package of the same version (package reference brings it),
// tattle built where the suite looks for the server, and the real redis-cli and
// redis-benchmark beside it. The real server can stand there too, which tells how
// many tests there are to pass.
//
// What tattle does not set out to do is left out twice: by the suite's own tags
// (replication, saving, cluster), and by name in upstream.skip, with the reason.
// upstream.tsv holds how many tests of each unit pass; see [Table].
package upstream
