package require Tcl 8.6
source shape.tcl

set limit 10

namespace eval shapes {
    variable names {}

    # Area of the circle.
    proc area {radius} {
        if {$radius > 0} {
            puts [square $radius]‸
        }
        return [expr {$radius * 2}]
    }
}

proc square {x} {
    return [expr {$x * $x}]
}

proc ::shapes::tools::scale {by} {
    return $by
}

puts [shapes::area 2]
