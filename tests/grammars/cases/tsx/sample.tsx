import React, { useState } from "react";

interface Props {
  title: string;
}

// A counter.
export function Counter({ title }: Props): JSX.Element {
  const [count, setCount] = useState<number>(0);
  const add = () => {
    setCount(count + 1);‸
  };
  return (
    <div onClick={add}>
      <Title text={title} />
      {count}
    </div>
  );
}

const Title = ({ text }: { text: string }) => <h1>{text}</h1>;
