[
  (block) (declClass) (declIntf) (case) (repeat) (try) (defProc) (interface) (implementation)
] @block
