package tracking

// Shape describes the tree of the tracking table in numbers.
type Shape struct {
	Keys      int
	Nodes     [4]NodeShape // by Room: 4, 16, 48, 256
	Depth     int          // number of nodes on the way to the deepest key
	MeanDepth float64      // number of nodes on the way to a key, on average

	Bytes int // memory of nodes, leaves and pieces of keys; sets of several holders are not included
	Gaps  int // how much of it is free for new keys
}

// NodeShape describes the nodes of one kind.
type NodeShape struct {
	Room     int // number of children that such a node has room for
	Count    int // number of nodes
	Children int // number of children that all of them have
}

// Shape measures the table. It takes time in proportion to the size of the table.
func (t *Tracker) Shape() Shape { return t.table.shape() }

// Size is Shape without Depth, MeanDepth and the numbers of children. It takes constant time.
func (t *Tracker) Size() Shape { return t.table.size() }

func (t *tree) size() Shape {
	s := Shape{Keys: t.n}
	s.Nodes = [4]NodeShape{{4, t.n4.n, 0}, {16, t.n16.n, 0}, {48, t.n48.n, 0}, {256, t.n256.n, 0}}
	s.Bytes, s.Gaps = t.memory()
	return s
}

func (t *tree) shape() Shape {
	s := t.size()
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
	return s
}

// walk visits all nodes and leaves, each after its parent, with the number of nodes above
// it.
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
