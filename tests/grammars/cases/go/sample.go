package shapes

import (
	"fmt"
	str "strings"
)

const Limit = 10

const (
	Red = iota
	Green
)

var names []string

// Shape has an area.
type Shape interface {
	Area() float64
}

type Circle struct {
	Base
	Radius float64
}

type Names = []string

type (
	Point struct{ X, Y int }
	Scale func(by int) Circle
)

// Area of the circle.
func (c *Circle) Area() float64 {
	if c.Radius > 0 {
		fmt.Println(str.ToUpper("é"))‸
	}
	return square(c.Radius)
}

func square[T float64](x T) T {
	twice := func(y T) T { return y * 2 }
	return twice(x)
}
