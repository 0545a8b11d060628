package tracking

// Shape is a picture of the tracking table as a tree.
type Shape struct {
	Keys      int
	Nodes     [4]NodeShape // by Room: 4, 16, 48, 256
	Depth     int          // nodes on the way to the deepest key
	MeanDepth float64      // nodes on the way to a key, of all keys

	Bytes int // memory of nodes, leaves and pieces of keys; more than one holder takes more
	Gaps  int // how much of it is free for the next keys
}

// NodeShape is a picture of the nodes of one kind.
type NodeShape struct {
	Room     int // children that such a node has room for
	Count    int
	Children int // of all of them
}

// Shape draws the table. It costs as much as that is large.
func (t *Tracker) Shape() Shape { return t.table.shape() }

func (t *tree) shape() Shape {
	s := Shape{Keys: t.n}
	s.Nodes = [4]NodeShape{{4, t.n4.n, 0}, {16, t.n16.n, 0}, {48, t.n48.n, 0}, {256, t.n256.n, 0}}
	way := 0
	t.walk(func(r ref, depth int) {
		if r.leaf() {
			way += depth
			s.Depth = max(s.Depth, depth)
			return
		}
		s.Nodes[r.kind()>>kindShift].Children += int(t.head(r).n)
	})
	if t.n > 0 {
		s.MeanDepth = float64(way) / float64(t.n)
	}
	s.Bytes, s.Gaps = t.memory()
	return s
}

// walk visits all nodes and leaves, those above first, with the number of nodes above.
func (t *tree) walk(visit func(r ref, depth int)) {
	type below struct {
		r     ref
		depth int
	}
	var stack []below
	push := func(r ref, depth int) {
		if r != 0 {
			stack = append(stack, below{r, depth})
		}
	}
	push(t.root, 0)
	for len(stack) > 0 {
		x := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		visit(x.r, x.depth)
		if x.r.leaf() {
			continue
		}
		push(t.head(x.r).end, x.depth+1)
		for b, child := t.next(x.r, 0); child != 0; b, child = t.next(x.r, b+1) {
			push(child, x.depth+1)
		}
	}
}
