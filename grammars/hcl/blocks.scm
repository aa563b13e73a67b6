[(block) (object) (tuple)] @block
