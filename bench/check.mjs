/** What went wrong: contestants that failed, and packets nobody can account for. Slowness is no problem here. */
export function check(scenes, results) {
  const problems = []
  for (const scene of scenes) {
    for (const { name } of scene.contestants) {
      const samples = results.samples[scene.name]?.[name] ?? []
      const failed = samples.filter((sample) => sample?.failure)
      if (failed.length > 0)
        problems.push(`${scene.name}, ${name}: failed ${failed.length} times: ${failed[0].failure}`)
      for (const sample of samples) {
        const wrong = sample?.failure ? undefined : scene.wrong?.(sample)
        if (wrong) problems.push(`${scene.name}, ${name}: ${wrong}`)
      }
    }
  }
  return problems
}
