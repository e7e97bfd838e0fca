/** Every program that is one piece smaller: without a step, a queue's manner, or an option; with a smaller burst. */
export function* smaller(program) {
  const { steps, queues = [] } = program
  for (let i = steps.length - 1; i >= 0; i--) yield { ...program, steps: steps.toSpliced(i, 1) }
  for (const [at, queue] of queues.entries()) {
    const other = (changed) => ({ ...program, queues: queues.with(at, { ...queue, ...changed }) })
    if (queue.manners.length > 1)
      for (let i = 0; i < queue.manners.length; i++) yield other({ manners: queue.manners.toSpliced(i, 1) })
    for (const key of Object.keys(queue.options))
      if (key !== 'deadlineMilliseconds') yield other({ options: { ...queue.options, [key]: undefined } })
    for (const [key, plain] of Object.entries({
      flows: 'none',
      table: 'usual',
      listeners: 'quiet',
      take: 'run',
      signal: false,
    }))
      if (queue[key] !== plain) yield other({ [key]: plain })
  }
  for (const [i, step] of steps.entries())
    if (step.count > 1) yield { ...program, steps: steps.with(i, { ...step, count: Math.ceil(step.count / 3) }) }
}
