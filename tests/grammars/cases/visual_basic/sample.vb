Imports System
Imports System.Collections.Generic

Namespace Shapes
    Public Interface IShape
        Function Area() As Double
    End Interface

    Public Enum Color
        Red
        Green
    End Enum

    Public Structure Size
        Public Width As Integer
    End Structure

    ' A circle.
    Public Class Circle
        Inherits Base
        Private Const Pi As Double = 3.14
        Public Property Radius As Double

        Public Sub New(radius As Double)
            Me.Radius = radius
        End Sub

        Public Function Area() As Double
            If Radius > 0 Then
                Console.WriteLine(Square(Radius))‸
            End If
            Return 0
        End Function
    End Class

    Module Tools
        Function Square(x As Double) As Double
            Return x * x
        End Function
    End Module
End Namespace
