library(dplyr)
require("stats")
source("shape.R")

LIMIT <- 10

#' Area of a circle.
area <- function(radius) {
  if (radius > 0) {
    print(square(radius))‸
  }
  stats::median(c(1, 2))
}

square = function(x) x * x

setClass("Circle", representation(radius = "numeric"))
setMethod("show", "Circle", function(object) {
  cat(object@radius)
})
