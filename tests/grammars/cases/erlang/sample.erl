-module(circle).
-behaviour(gen_server).
-export([area/1, unit/0]).
-include("shape.hrl").
-import(lists, [map/2]).

-define(LIMIT, 10).
-record(circle, {radius = 1 :: float()}).
-type names() :: [string()].

%% Area of the circle.
-spec area(float()) -> float().
area(Radius) when Radius > ?LIMIT ->
    case Radius of
        1 ->
            io:format("~p~n", [square(Radius)]);‸
        _ ->
            ok
    end;
area(_) ->
    0.

square(X) -> X * X.

unit() ->
    #circle{radius = map(fun(X) -> X end, [])}.
