package main

import (
	"fmt"

	"github.com/acme/shop/internal/money"
)

func main() {
	sum := money.‸
	fmt.Println(sum, prices())
}
