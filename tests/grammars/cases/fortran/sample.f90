module shapes
  use iso_fortran_env, only: real64
  implicit none
  integer, parameter :: limit = 10

  type :: circle
    real :: radius
  contains
    procedure :: area
  end type circle

  interface scale
    module procedure scale_circle
  end interface scale

contains

  ! Area of the circle.
  function area(self) result(value)
    class(circle), intent(in) :: self
    real :: value
    if (self%radius > 0) then
      call report(self%radius)‸
    end if
    value = square(self%radius)
  end function area

  subroutine report(radius)
    real, intent(in) :: radius
    print *, radius
  end subroutine report

end module shapes

program main
  use shapes
  call report(1.0)
end program main
