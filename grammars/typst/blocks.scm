[(block) (group) (section)] @block
