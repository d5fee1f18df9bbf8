using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Reflection;
using NUnit.Framework;

/// <summary>
/// Runs an assembly of NUnit 2.6 tests where NUnit's own console cannot run: Runner.exe TESTS.dll [PART_OF_NAME]. It knows
/// TestFixture, TestFixtureSetUp, SetUp, Test, TestCase, TestCaseSource, TearDown and TestFixtureTearDown, and refuses what it
/// does not know.
/// </summary>
internal static class Runner
{
    private static readonly Type[] Known =
    {
        typeof(TestFixtureAttribute), typeof(TestFixtureSetUpAttribute), typeof(TestFixtureTearDownAttribute),
        typeof(SetUpAttribute), typeof(TearDownAttribute), typeof(TestAttribute), typeof(TestCaseAttribute),
        typeof(TestCaseSourceAttribute),
    };

    private static int passed;
    private static int failed;
    private static int skipped;

    private static int Main(string[] arguments)
    {
        var assembly = Assembly.LoadFrom(Path.GetFullPath(arguments[0]));
        var part = arguments.Length > 1 ? arguments[1] : "";
        foreach (var fixture in assembly.GetTypes().Where(Has<TestFixtureAttribute>).OrderBy(type => type.FullName))
        {
            RunFixture(fixture, part);
        }
        Console.WriteLine(passed + " passed, " + failed + " failed, " + skipped + " skipped");
        return failed == 0 && passed > 0 ? 0 : 1;
    }

    private static bool Has<T>(MemberInfo member) where T : Attribute => member.GetCustomAttributes(typeof(T), true).Length > 0;

    private static void RunFixture(Type type, string part)
    {
        var methods = type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.FlattenHierarchy);
        var unknown = methods.Cast<MemberInfo>().Concat(new[] { type })
            .SelectMany(member => member.GetCustomAttributes(true))
            .Select(attribute => attribute.GetType())
            .Where(attribute => attribute.Assembly == typeof(TestAttribute).Assembly && !Known.Contains(attribute));
        foreach (var attribute in unknown)
        {
            Fail(type.Name, new NotSupportedException("this runner does not know " + attribute.Name));
        }
        var cases = methods.OrderBy(method => method.Name).SelectMany(method => Cases(type, method)).ToList();
        cases = cases.Where(test => test.Name.IndexOf(part, StringComparison.Ordinal) >= 0).ToList();
        if (cases.Count == 0)
        {
            return;
        }
        var fixture = Activator.CreateInstance(type);
        if (Attempt(type.Name + " set-up", () => InvokeAll<TestFixtureSetUpAttribute>(methods, fixture)))
        {
            foreach (var test in cases)
            {
                var clock = Stopwatch.StartNew();
                if (Attempt(test.Name, () => RunCase(methods, fixture, test)))
                {
                    passed++;
                    Console.WriteLine("ok      " + test.Name + " (" + clock.ElapsedMilliseconds + " ms)");
                }
            }
        }
        Attempt(type.Name + " tear-down", () => InvokeAll<TestFixtureTearDownAttribute>(methods, fixture));
    }

    private static void RunCase(MethodInfo[] methods, object fixture, Case test)
    {
        try
        {
            InvokeAll<SetUpAttribute>(methods, fixture);
            test.Method.Invoke(fixture, test.Arguments);
        }
        finally
        {
            InvokeAll<TearDownAttribute>(methods, fixture);
        }
    }

    private static IEnumerable<Case> Cases(Type type, MethodInfo method)
    {
        if (Has<TestAttribute>(method))
        {
            yield return new Case(method, new object[0]);
        }
        foreach (TestCaseAttribute attribute in method.GetCustomAttributes(typeof(TestCaseAttribute), true))
        {
            yield return new Case(method, attribute.Arguments);
        }
        foreach (TestCaseSourceAttribute attribute in method.GetCustomAttributes(typeof(TestCaseSourceAttribute), true))
        {
            var source = type.GetField(attribute.SourceName, BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public);
            foreach (var argument in (System.Collections.IEnumerable)source.GetValue(null))
            {
                yield return new Case(method, argument as object[] ?? new[] { argument });
            }
        }
    }

    private static void InvokeAll<T>(MethodInfo[] methods, object fixture) where T : Attribute
    {
        foreach (var method in methods.Where(Has<T>))
        {
            method.Invoke(fixture, null);
        }
    }

    private static bool Attempt(string name, Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (TargetInvocationException exception) when (exception.InnerException is IgnoreException reason)
        {
            skipped++;
            Console.WriteLine("skipped " + name + ": " + reason.Message);
            return false;
        }
        catch (Exception exception)
        {
            Fail(name, exception is TargetInvocationException ? exception.InnerException : exception);
            return false;
        }
    }

    private static void Fail(string name, Exception exception)
    {
        failed++;
        Console.WriteLine("FAILED  " + name + Environment.NewLine + exception);
    }

    private sealed class Case
    {
        internal Case(MethodInfo method, object[] arguments)
        {
            Method = method;
            Arguments = arguments;
            Name = method.ReflectedType.Name + "." + method.Name
                + (arguments.Length > 0 ? "(" + string.Join(", ", arguments) + ")" : "");
        }

        internal string Name { get; }

        internal MethodInfo Method { get; }

        internal object[] Arguments { get; }
    }
}
