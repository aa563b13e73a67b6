% Area of a circle.
function result = area(radius)
    import matlab.net.*
    if radius > 0
        disp(square(radius));‸
    end
    result = pi * radius;
end

function y = square(x)
    y = x * x;
end
