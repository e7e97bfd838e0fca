/**
 * What went wrong: contestants that failed, and what must never be of our own ones: packets nobody can account for, say. Slowness is
 * no problem here.
 */
export function check(scenes, results) {
  const problems = []
  for (const scene of scenes) {
    for (const { name, ours } of scene.contestants) {
      const samples = results.samples[scene.name]?.[name] ?? []
      const failed = samples.filter((sample) => sample?.failure)
      if (failed.length > 0)
        problems.push(`${scene.name}, ${name}: failed ${failed.length} times: ${failed[0].failure}`)
      for (const sample of samples) {
        const wrong = ours && !sample?.failure ? scene.wrong?.(sample) : undefined
        if (wrong) problems.push(`${scene.name}, ${name}: ${wrong}`)
      }
    }
  }
  return problems
}
