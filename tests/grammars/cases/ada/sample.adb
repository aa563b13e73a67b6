with Ada.Text_IO;
use Ada.Text_IO;

package body Shapes is

   Limit : constant Integer := 10;

   type Color is (Red, Green);

   type Circle is record
      Radius : Float;
   end record;

   -- Area of the circle.
   function Area (C : Circle) return Float is
   begin
      if C.Radius > 0.0 then
         Put_Line (Float'Image (Square (C.Radius)));‸
      end if;
      return 0.0;
   end Area;

   procedure Report (C : in Circle) is
   begin
      Show (C);
   end Report;

end Shapes;
