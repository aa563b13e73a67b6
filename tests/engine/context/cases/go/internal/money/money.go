package money

// Sum adds amounts up.
func Sum(amounts ...int) int {
	total := 0
	for _, amount := range amounts {
		total += amount
	}
	return total
}
