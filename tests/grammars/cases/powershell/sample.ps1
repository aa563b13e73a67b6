using module ./Shapes.psm1
Import-Module Pester

$Limit = 10

enum Color {
    Red
    Green
}

class Circle : Base {
    [double] $Radius

    Circle([double] $radius) {
        $this.Radius = $radius
    }

    [double] Area() {
        return $this.Radius * 2
    }
}

# Greets somebody.
function Get-Greeting {
    param([string] $Name)
    if ($Name) {
        Write-Output (Get-Square $Name.Length)‸
    }
    [Math]::Max(1, 2)
}

function global:Reset { }

filter Get-Square { $_ * $_ }
