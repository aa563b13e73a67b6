package shapes

import data.tools

default allow = false

limit := 10

# Who may enter.
allow {
  input.user == "admin"‸
  count(input.roles) > 0
}

square(x) = y {
  y := x * x
}
