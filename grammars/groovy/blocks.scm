[(block) (class_body) (enum_body) (closure)] @block
