//go:build linux

package bench

import (
	"fmt"
	"html"
	"io"
	"math"
	"slices"
	"strings"
)

// Plot is one figure of a case against its X, a line for each server.
type Plot struct {
	Name   string // for a file's name
	Title  string
	X, Y   string
	Series []Series
}

// Series is the line of one server, ascending in X.
type Series struct {
	Server string
	Points [][2]float64
}

// Plots returns a plot for each figure that was measured at several X.
func (r *Report) Plots() (list []Plot) {
	for _, c := range Cases() {
		for _, f := range c.Figures {
			if f.Plot == "" {
				continue
			}
			p := Plot{Name: c.Name + "-" + strings.ReplaceAll(f.Name, "/", "-per-"), Title: c.About, X: f.Plot, Y: f.Name + " (" + f.Unit + ")"}
			for _, s := range r.Servers {
				if line := r.series(c.Name, f.Name, s); len(line.Points) > 1 {
					p.Series = append(p.Series, line)
				}
			}
			if len(p.Series) > 0 {
				list = append(list, p)
			}
		}
	}
	return list
}

// series leaves out values that a logarithmic axis cannot show.
func (r *Report) series(name, figure string, s Server) Series {
	line := Series{Server: s.Title}
	for _, res := range r.Results {
		v := res.Servers[s.Name]
		if res.Case == name && res.Figure == figure && v != nil && v.Median > 0 && res.X > 0 {
			line.Points = append(line.Points, [2]float64{float64(res.X), v.Median})
		}
	}
	return line
}

// The picture, in pixels.
const (
	plotWidth, plotHeight                 = 640, 400
	plotLeft, plotRight, plotTop, plotLow = 80, 130, 40, 50
)

var colours = []string{"#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e"}

// axis maps values to pixels, logarithmically.
type axis struct {
	from, to  float64 // decades
	low, high float64 // pixels
}

func newAxis(low, high float64, values []float64) axis {
	a := axis{low: low, high: high}
	a.from, a.to = math.Floor(math.Log10(slices.Min(values))), math.Ceil(math.Log10(slices.Max(values)))
	if a.from == a.to {
		a.to++
	}
	return a
}

func (a axis) at(v float64) float64 {
	return a.low + (math.Log10(v)-a.from)/(a.to-a.from)*(a.high-a.low)
}

// decades are the powers of ten on the axis.
func (a axis) decades() (list []float64) {
	for d := a.from; d <= a.to; d++ {
		list = append(list, math.Pow(10, d))
	}
	return list
}

// WriteSVG draws the plot, with both axes logarithmic.
func (p Plot) WriteSVG(w io.Writer) error {
	var xs, ys []float64
	for _, s := range p.Series {
		for _, pt := range s.Points {
			xs, ys = append(xs, pt[0]), append(ys, pt[1])
		}
	}
	x := newAxis(plotLeft, plotWidth-plotRight, xs)
	y := newAxis(plotHeight-plotLow, plotTop, ys)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", plotWidth, plotHeight)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", plotWidth, plotHeight)
	text(&b, plotLeft, plotTop-20, "start", p.Title)
	p.grid(&b, x, y)
	for i, s := range p.Series {
		s.draw(&b, x, y, i)
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (p Plot) grid(b *strings.Builder, x, y axis) {
	for _, v := range x.decades() {
		fmt.Fprintf(b, `<path d="M%.1f %.1fV%.1f" stroke="#ddd"/>`+"\n", x.at(v), y.low, y.high)
		text(b, x.at(v), y.low+16, "middle", short(v))
	}
	for _, v := range y.decades() {
		fmt.Fprintf(b, `<path d="M%.1f %.1fH%.1f" stroke="#ddd"/>`+"\n", x.low, y.at(v), x.high)
		text(b, x.low-6, y.at(v)+4, "end", short(v))
	}
	text(b, (x.low+x.high)/2, plotHeight-12, "middle", p.X)
	text(b, plotLeft, plotTop-5, "start", p.Y)
}

func (s Series) draw(b *strings.Builder, x, y axis, n int) {
	colour := colours[n%len(colours)]
	var line []string
	for _, pt := range s.Points {
		line = append(line, fmt.Sprintf("%.1f,%.1f", x.at(pt[0]), y.at(pt[1])))
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", x.at(pt[0]), y.at(pt[1]), colour)
	}
	fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(line, " "), colour)
	at := float64(plotTop + 10 + 18*n)
	fmt.Fprintf(b, `<path d="M%.1f %.1fh16" stroke="%s" stroke-width="2"/>`+"\n", x.high+12, at-4, colour)
	text(b, x.high+34, at, "start", s.Server)
}

func text(b *strings.Builder, x, y float64, anchor, s string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`+"\n", x, y, anchor, html.EscapeString(s))
}

// short writes a power of ten as 1, 10k, 1M.
func short(v float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if v >= unit.size {
			return fmt.Sprintf("%.0f%s", v/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%g", v)
}
