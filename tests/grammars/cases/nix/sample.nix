{ lib, stdenv, fetchurl }:

let
  version = "1.0";
  # Squares a number.
  square = x: x * x;
  tools = import ./tools.nix;
in
stdenv.mkDerivation {
  pname = "shapes";
  inherit version;
  src = fetchurl {
    url = "https://example.com/${version}";
    size = square 2;‸
  };
  meta.license = lib.licenses.mit;
}
