// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;

import "./Shape.sol";
import {Tools, Math as M} from "./Tools.sol";

interface Sized {
    function size() external view returns (uint);
}

library Squares {
    function square(uint x) internal pure returns (uint) {
        return x * x;
    }
}

/// A circle.
contract Circle is Shape, Sized {
    uint public constant LIMIT = 10;
    uint private radius;

    struct Point { uint x; uint y; }
    enum Color { Red, Green }
    event Changed(uint radius);
    error TooLarge(uint radius);

    modifier small() {
        require(radius < LIMIT);
        _;
    }

    constructor(uint r) {
        radius = r;
    }

    function area() public small returns (uint) {
        if (radius > 0) {
            emit Changed(Squares.square(radius));‸
        }
        return scale(radius);
    }
}
