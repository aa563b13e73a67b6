defmodule Shapes.Circle do
  @moduledoc "Circles."
  alias Shapes.{Base, Tools}
  import Enum, only: [map: 2]
  use GenServer
  require Logger

  @limit 10

  defstruct radius: 1

  @doc "Area of the circle."
  @spec area(t) :: float
  def area(%{radius: radius}) when radius > 0 do
    if radius > @limit do
      Logger.info(square(radius))‸
    end

    Tools.scale(radius)
  end

  defp square(x), do: x * x

  defmacro twice(x) do
    quote do: unquote(x) * 2
  end

  def run(list) do
    list |> map(&square/1) |> Enum.sum()
  end
end

defprotocol Shapes.Sized do
  def size(shape)
end
