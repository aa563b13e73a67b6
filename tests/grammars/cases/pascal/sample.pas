unit Shapes;

interface

uses
  SysUtils, Classes;

const
  Limit = 10;

type
  TColor = (Red, Green);

  { A circle. }
  TCircle = class(TObject)
  private
    FRadius: Double;
  public
    constructor Create(ARadius: Double);
    function Area: Double;
    property Radius: Double read FRadius;
  end;

function Square(X: Double): Double;

implementation

var
  Count: Integer;

constructor TCircle.Create(ARadius: Double);
begin
  FRadius := ARadius;
end;

// Area of the circle.
function TCircle.Area: Double;
begin
  if FRadius > 0 then
  begin
    WriteLn(Square(FRadius));‸
  end;
  Result := 0;
end;

function Square(X: Double): Double;
begin
  Result := X * X;
end;

end.
