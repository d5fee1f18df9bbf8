using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.CompilerServices.SymbolWriter;

/// <summary>
/// Gives an assembly of Mono's compiler a portable PDB: Symbols.exe COMPILED.dll OUTPUT.dll. That compiler writes only a symbol
/// file of its own, COMPILED.dll.mdb, which no other runtime reads. Of it, the lines of each method are kept. A strong name must
/// be made anew afterwards.
/// </summary>
internal static class Symbols
{
    // Characters; more than a path that is built in has, and less than one may have.
    private const int Room = 250;

    private static void Main(string[] arguments)
    {
        using (var assembly = AssemblyDefinition.ReadAssembly(arguments[0]))
        using (var lines = MonoSymbolFile.ReadSymbolFile(arguments[0] + ".mdb"))
        {
            var documents = lines.Sources.ToDictionary(source => source.Index, source => new Document(source.FileName)
            {
                Language = DocumentLanguage.CSharp,
                LanguageVendor = DocumentLanguageVendor.Microsoft,
                Type = DocumentType.Text,
            });
            foreach (var entry in lines.Methods)
            {
                var method = (MethodDefinition)assembly.MainModule.LookupToken(entry.Token);
                Add(method, entry.GetLineNumberTable().LineNumbers, documents);
            }
            Write(assembly, Path.GetFullPath(arguments[1]));
        }
    }

    /// <summary>
    /// Cecil notes the PDB's full path. Nobody needs more than the name: it is looked for beside the assembly. So the rest is
    /// taken out, which leaves room; and the same room wherever it is built, so that the same sources give the same bytes.
    /// </summary>
    private static void Write(AssemblyDefinition assembly, string output)
    {
        var here = Path.GetDirectoryName(output);
        var folder = Directory.CreateDirectory(Path.Combine(here, new string('x', Room - here.Length))).FullName;
        var file = Path.Combine(folder, Path.GetFileName(output));
        var symbols = new PortablePdbWriterProvider();
        assembly.Write(file, new WriterParameters { WriteSymbols = true, SymbolWriterProvider = symbols });

        var bytes = File.ReadAllBytes(file);
        var path = Encoding.UTF8.GetBytes(Path.ChangeExtension(file, ".pdb"));
        var name = Encoding.UTF8.GetBytes(Path.GetFileNameWithoutExtension(file) + ".pdb");
        var places = Enumerable.Range(0, bytes.Length - path.Length);
        var place = places.First(i => bytes[i] == path[0] && path.SequenceEqual(bytes.Skip(i).Take(path.Length)));
        Array.Resize(ref name, path.Length);
        name.CopyTo(bytes, place);
        File.WriteAllBytes(output, bytes);
        File.Copy(Path.ChangeExtension(file, ".pdb"), Path.ChangeExtension(output, ".pdb"), true);
        Directory.Delete(folder, true);
    }

    private static void Add(MethodDefinition method, LineNumberEntry[] lines, Dictionary<int, Document> documents)
    {
        foreach (var line in lines)
        {
            var instruction = method.Body.Instructions.FirstOrDefault(one => one.Offset == line.Offset);
            if (instruction != null && !line.IsHidden)
            {
                method.DebugInformation.SequencePoints.Add(new SequencePoint(instruction, documents[line.File])
                {
                    StartLine = line.Row,
                    EndLine = line.Row,
                    StartColumn = Math.Max(1, line.Column),
                    EndColumn = Math.Max(1, line.Column) + 1,
                });
            }
        }
    }
}
